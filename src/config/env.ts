/**
 * Values from the environment, named in the config file and looked up when it is loaded.
 *
 * A config file that says `process.env.GITHUB_TOKEN` gets `undefined` when the variable is missing, and
 * nobody can tell which one it was. `env('GITHUB_TOKEN')` keeps the name, so that the problem has one.
 */

/** Stands in for the value until the config is loaded. Plain, so that it may come from another copy of the package. */
export interface EnvReference {
  readonly fromEnv: string;
  readonly fallback?: string;
}

/** A text, or where to find it. */
export type Text = string | EnvReference;

/** The environment as `process.env` gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The value of an environment variable.
 *
 * @param name as in `GITHUB_TOKEN`
 * @param fallback used when the variable is missing or empty; without it, that is a problem of the config
 */
export function env(name: string, fallback?: string): EnvReference {
  return fallback === undefined ? { fromEnv: name } : { fromEnv: name, fallback };
}

export function isEnvReference(value: unknown): value is EnvReference {
  return (
    typeof value === 'object' &&
    value !== null &&
    'fromEnv' in value &&
    typeof value.fromEnv === 'string' &&
    value.fromEnv !== ''
  );
}

/** What the reference stands for; undefined when the variable is missing or empty and there is no fallback. */
export function lookUp({ fromEnv, fallback }: EnvReference, environment: Environment): string | undefined {
  return variable(fromEnv, environment) || fallback || undefined;
}

/** `__proto__` and its like are no variables. */
export function variable(name: string, environment: Environment): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}
