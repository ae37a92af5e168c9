/**
 * Properties are tried with the same examples each time, so that a change is what makes one fail. FC_SEED tries
 * others.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_123) });

export { fc };
