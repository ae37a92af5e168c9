import { NightshiftError } from '../errors.ts';

/**
 * `SERVICE_NO_MANAGER`: the program of systemd or launchd is missing, or the system is neither. `SERVICE_NEEDS_ROOT`. `SERVICE_DIFFERS`: there is
 * a file of that name that says something else. `SERVICE_NOT_OURS`, `SERVICE_NOT_INSTALLED`. `SERVICE_COMMAND_FAILED`: a program of the
 * system refused. `SERVICE_UNFIT`: the service could not run like that. `SERVICE_UNWRITABLE`: a file of it cannot be written or removed.
 */
export class BackgroundError extends NightshiftError {}
