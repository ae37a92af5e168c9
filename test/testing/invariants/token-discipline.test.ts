import { beforeEach, describe, expect, it } from 'vitest';
import { tokenDiscipline } from '../../../src/testing/invariants/token-discipline.ts';
import { FakeWorld } from './fake-world.ts';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld(tokenDiscipline);
});

const refresh = () => world.callSent({ service: 'token server', url: new URL('https://tokens.world/token') });
const use = (version: number) => world.callSent({ headers: { authorization: `Bearer access-shop-${version}` } });

function stores(version: number) {
  world.stored.set('shop', version);
  world.tell({ type: 'committed', keys: ['actor:token/shop', 'vault:token/shop'] });
}

describe('the discipline of tokens', () => {
  it('allows one refresh after the other, and one beside that of a dead process', () => {
    world.callEnded(refresh());
    refresh();
    world.tell({ type: 'process.ended', life: 1, how: 'killed' });
    refresh();
    expect(world.found).toEqual([]);
  });

  it('allows no two refreshes at once', () => {
    refresh();
    refresh();
    expect(world.found).toEqual(['call 2 refreshes the token shop while call 1 does so']);
  });

  it('allows the newest token on disk, and a newer one', () => {
    stores(1);
    world.at += 1;
    use(1);
    use(2);
    stores(2);
    // Within one instant nobody can tell which came first.
    use(1);
    expect(world.found).toEqual([]);
  });

  it('allows no older one', () => {
    stores(1);
    stores(2);
    world.at += 1;
    use(1);
    expect(world.found).toEqual(['call 1 to shop carries version 1 of the token shop, while version 2 is on disk']);
  });
});
