import type { Config } from '../../config/config.ts';
import { ClassifiedError } from '../../policies/failure.ts';

/** What a job is told that asks for a service by a name that the config does not have. */
export function unknownService(
  name: string,
  engine: string,
  { services, fallbacks }: Pick<Config, 'services' | 'fallbacks'>,
): ClassifiedError {
  const known = [...services.keys(), ...fallbacks.keys()].join(', ') || 'none';
  const message = `${engine}: found a call to the service '${name}', expected one of the configured: ${known}.`;
  return new ClassifiedError({ class: 'bug', code: 'SERVICE_UNKNOWN', message });
}
