import type { SimLeg } from './leg.js';
import { stampOf } from './leg-values.js';
import type { SimulatedSwitch } from './switch.js';

const VERSION = 'FreeSWITCH Version 1.11.2-release~64bit (simulated)';
const NO_CHANNEL = '-ERR No such channel!\n';

/** The API commands an engine uses, with the replies of mod_commands and mod_sofia. */
export function runApiCommand(sim: SimulatedSwitch, command: string, argument: string): string {
  const words = argument.split(/\s+/).filter((word) => word !== '');
  switch (command) {
    case 'show':
      return words[0] === 'channels' ? showChannels(sim) : '-USAGE: show channels as json\n';
    case 'uuid_dump':
      return withLeg(sim, words[0], (leg) => sim.dump(leg));
    case 'uuid_exists':
      return sim.leg(words[0] ?? '')?.isAlive === true ? 'true' : 'false';
    case 'uuid_kill':
      return withLeg(sim, words[0], (leg) => {
        const cause = words[1] ?? 'NORMAL_CLEARING';
        sim.hangup(leg, { cause, disposition: 'send_bye' });
        return '+OK\n';
      });
    case 'sched_hangup':
      return schedHangup(sim, words);
    case 'sched_del':
      return schedDel(sim, words[0] ?? '');
    case 'uuid_session_heartbeat':
      return sessionHeartbeat(sim, words);
    case 'global_getvar':
      return words[0] === 'core_uuid' ? sim.coreUuid : '-ERR no reply\n';
    case 'strmicroepoch':
      return String(sim.clock.nowUs());
    case 'status':
      return `UP 0 years, 0 days\n${sim.legs().length} session(s) - simulated\n`;
    case 'version':
      return `${VERSION}\n`;
    case 'sofia':
      return words[2] === 'rescan' ? 'Reload XML [Success]\n+OK scan complete\n' : '+OK\n';
    case 'reloadxml':
      return '+OK [Success]\n';
    case 'reloadacl':
      return '+OK acl reloaded\n';
    case 'xml_flush_cache':
      return '+OK cleared 0 entries\n';
    default:
      return `-ERR ${command} Command not found!\n`;
  }
}

function withLeg(
  sim: SimulatedSwitch,
  uuid: string | undefined,
  use: (leg: SimLeg) => string,
): string {
  const leg = sim.leg(uuid ?? '');
  return leg?.isAlive === true ? use(leg) : NO_CHANNEL;
}

function schedHangup(sim: SimulatedSwitch, words: readonly string[]): string {
  const [when = '', uuid, cause = 'ALLOTTED_TIMEOUT'] = words;
  if (!/^\+\d+$/.test(when)) return '-USAGE: [+]<time> <uuid> [<cause>]\n';
  return withLeg(sim, uuid, (leg) => {
    sim.scheduleHangup(leg, Number(when.slice(1)), cause);
    return '+OK\n';
  });
}

function schedDel(sim: SimulatedSwitch, uuid: string): string {
  const leg = sim.leg(uuid);
  return `+OK Deleted: ${leg === undefined ? 0 : sim.deleteTasks(leg)}\n`;
}

function sessionHeartbeat(sim: SimulatedSwitch, words: readonly string[]): string {
  const [uuid, ...rest] = words;
  const seconds = Number(rest.at(-1) ?? '60');
  const leg = sim.leg(uuid ?? '');
  if (leg?.isAlive !== true) return '-ERR Cannot locate session. USAGE: uuid_session_heartbeat\n';
  if (seconds > 0) sim.heartbeat(leg, seconds);
  return '+OK\n';
}

/** `rows` is missing when there is no channel, as in the real reply. */
function showChannels(sim: SimulatedSwitch): string {
  const rows = sim
    .legs()
    .filter((leg) => leg.isAlive)
    .map(channelRow);
  return JSON.stringify(rows.length === 0 ? { row_count: 0 } : { row_count: rows.length, rows });
}

function channelRow(leg: SimLeg): Readonly<Record<string, string>> {
  const { spec, times } = leg;
  const created = stampOf(times.startUs);
  return {
    uuid: leg.uuid,
    direction: spec.direction,
    created,
    created_epoch: String(Math.floor(times.startUs / 1e6)),
    name: spec.channelName,
    state: spec.direction === 'inbound' ? 'CS_EXECUTE' : 'CS_EXCHANGE_MEDIA',
    cid_name: spec.callerNumber,
    cid_num: spec.callerNumber,
    ip_addr: '127.0.0.1',
    dest: leg.destination,
    application: leg.application,
    application_data: leg.applicationData,
    dialplan: 'XML',
    context: 'default',
    secure: '',
    hostname: 'fs1',
    accountcode: leg.variables.get('accountcode') ?? '',
    callstate: leg.isAnswered ? 'ACTIVE' : 'RINGING',
    call_uuid: spec.direction === 'inbound' ? leg.uuid : (leg.other?.uuid ?? leg.uuid),
    initial_dest: spec.destination,
  };
}
