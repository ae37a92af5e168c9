import { serve } from './in-parallel.ts';
import { type Lived, lived } from './lived.ts';

serve<{ seed: number; days: number }, Lived>(({ seed, days }) => lived(seed, days, { shorten: true }));
