/**
 * Programs that some tests need. Where they are said to be there (NIGHTSHIFT_HAS_PROGRAMS, as `.ci/run` says it), a test without its
 * program fails; elsewhere it is left out.
 */
import { findProgram } from '../../examples/demo/programs.ts';

export const chromium = findProgram(['chromium', 'chromium-browser', 'google-chrome']);
export const dovecot = findProgram(['dovecot']);
/** Of the Debian package prometheus. */
export const promtool = findProgram(['promtool']);
export const mustHave = process.env.NIGHTSHIFT_HAS_PROGRAMS === '1';
