import { loadSettings } from '../config.js';
import type { AuthorizeSettings } from '../calls/authorize-call.js';

/** The settings that a call is decided by, from an environment. @throws ConfigError */
export function routeTestSettings(env: NodeJS.ProcessEnv): AuthorizeSettings {
  return loadSettings(env, [
    'internationalPrefix',
    'echoNumber',
    'ringTimeoutS',
    'emergencyNumbers',
    'holdSliceS',
    'maxCallS',
    'heartbeatS',
    'orphanGraceS',
    'limitWarningS',
    'inboundWithoutDatabase',
  ]);
}
