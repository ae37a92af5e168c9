import { NightshiftError } from '../../errors.ts';

/**
 * What a simulated world cannot do: `REAL_IO`, `REAL_TIME`, `UNKNOWN_HOST`, `WORLD_STUCK`, `WORLD_CLOSED`, `WORLD_MISUSED`.
 */
export class SimulationError extends NightshiftError {}
