import { NightshiftError } from '../../errors.ts';

/**
 * What a simulated world cannot do: `REAL_IO`, `REAL_TIME`, `REAL_CHANCE`, `UNKNOWN_HOST`, `WORLD_STUCK`, `WORLD_CLOSED`, `WORLD_MISUSED`.
 */
export class SimulationError extends NightshiftError {
  /** The part of a job that met it; absent when no job did. */
  place?: { engine: string; run: string; step: string | null };
}
