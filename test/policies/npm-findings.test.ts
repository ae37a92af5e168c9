import { expect, it } from 'vitest';
import { advisories, releases } from '../../src/policies/npm-findings.ts';
import { fc } from '../property.ts';

it('reads advisories: how bad, why, and what mends them', () => {
  const answer = {
    auditReportVersion: 2,
    vulnerabilities: {
      lodash: {
        name: 'lodash',
        severity: 'critical',
        via: [
          { title: 'Prototype Pollution', severity: 'critical' },
          { title: 'Prototype Pollution' },
          { title: 'ReDoS' },
        ],
        fixAvailable: { name: 'lodash', version: '4.18.0', isSemVerMajor: false },
      },
      async: { name: 'async', severity: 'moderate', via: ['lodash'], fixAvailable: true },
      old: { name: 'old', severity: 'low', via: [], fixAvailable: false },
    },
  };
  expect(advisories(answer)).toEqual([
    {
      severity: 'high',
      what: 'lodash has a known weakness, critical: Prototype Pollution; ReDoS.',
      fix: 'npm install lodash@4.18.0, after a look at what it changes.',
    },
    { severity: 'moderate', what: 'async has a known weakness, moderate.', fix: 'npm audit fix.' },
    { severity: 'low', what: 'old has a known weakness, low.', fix: 'There is no fix yet: see npm audit.' },
  ]);
});

it('reads releases: what is out, and how to get it', () => {
  const answer = {
    nightshift: { current: '0.1.0', wanted: '0.1.4', latest: '0.1.4' },
    commander: { current: '12.0.0', wanted: '12.0.0', latest: '15.1.0' },
    same: { current: '1.0.0', wanted: '1.0.0', latest: '1.0.0' },
    missing: { wanted: '1.0.0', latest: '1.0.0' },
  };
  expect(releases(answer)).toEqual([
    { severity: 'low', what: 'nightshift 0.1.4 is out; 0.1.0 is installed.', fix: 'npm update nightshift.' },
    {
      severity: 'low',
      what: 'commander 15.1.0 is out; 12.0.0 is installed.',
      fix: 'npm install commander@15.1.0, after a look at what it changes.',
    },
  ]);
});

it('passes over whatever it does not know', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (answer) => {
      for (const found of [advisories(answer), advisories({ vulnerabilities: answer }), releases(answer)]) {
        for (const { severity } of found) expect(['low', 'moderate', 'high']).toContain(severity);
      }
    }),
  );
});
