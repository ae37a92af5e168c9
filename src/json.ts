/** A value that JSON can hold: what contexts, events, inputs and outputs are made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
