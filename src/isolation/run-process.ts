/**
 * The process of an isolated run: loads the config, and does the one run that the service gives it.
 */
import { keepCompiled } from '../processes/compile-cache.ts';

keepCompiled();
const { createBirpc } = await import('birpc');
const { ErrorsAcross } = await import('./errors-across.ts');
const { classify } = await import('../policies/classify.ts');
const { systemClock } = await import('../clock.ts');
const { RunHere } = await import('./run-here.ts');

const errors = new ErrorsAcross((error) => classify(error, systemClock.now()));
const here = new RunHere(errors);
here.remote = createBirpc(here.side, {
  post: (message) => process.send?.(message),
  on: (hear) => process.on('message', hear),
  timeout: -1,
});

process.on('uncaughtException', (error) => here.fail(error));
process.on('unhandledRejection', (error) => here.fail(error));
/** As long as the service would give it, which may have died. */
const patienceMs = 5_000;
const end = async () => {
  systemClock.after(patienceMs, () => process.exit());
  await here.stopped(new Error('The service ends this run.'));
  process.exit();
};
process.once('SIGTERM', end);
process.once('disconnect', end);
