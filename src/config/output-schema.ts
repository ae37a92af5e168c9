/**
 * A schema from any library that follows Standard Schema: zod, Valibot, ArkType and others. It says what
 * a run must have produced.
 *
 * @see https://standardschema.dev, version 1
 */
export interface OutputSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validation<Output> | Promise<Validation<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type Validation<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What the schema takes: what `run` returns. */
export type InputOf<Schema> = Schema extends OutputSchema<infer Input, unknown> ? Input : unknown;

/** What the schema gives: what is kept of a run. */
export type OutputOf<Schema> = Schema extends OutputSchema<infer _Input, infer Output> ? Output : unknown;

export function isOutputSchema(value: unknown): value is OutputSchema {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  const standard = (value as Partial<OutputSchema>)['~standard'];
  return typeof standard?.validate === 'function';
}
