import { EngineHttp } from './engine-http.js';
import type { EngineAccess } from './local-defaults.js';

/** One call as the engine's API tells it. Money stays text: it is only shown or added exactly. */
export interface ApiCall {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly destination: string;
  readonly price: string;
  readonly cost: string;
  /** Carriers may be paid in another currency than the customer. */
  readonly costCurrency: string;
  readonly currency: string;
  readonly billedSeconds: string;
  readonly legs: number;
}

/** Asks `GET /api/v1/calls?include=legs&a_leg_uuid=…`. */
export class CallApi {
  private readonly http: EngineHttp;

  constructor(
    access: Pick<EngineAccess, 'engineUrl'>,
    private readonly apiKey: string,
  ) {
    this.http = new EngineHttp({
      url: access.engineUrl,
      user: '',
      password: '',
      keepConnections: true,
    });
  }

  /** @throws Error when the API does not answer 200 with a list. */
  async callsOf(aLegUuid: string): Promise<readonly ApiCall[]> {
    const reply = await this.http.send({
      method: 'GET',
      path: `/api/v1/calls?include=legs&a_leg_uuid=${encodeURIComponent(aLegUuid)}`,
      body: '',
      authorization: `Bearer ${this.apiKey}`,
    });
    if (reply.status !== 200) {
      throw new Error(`GET /api/v1/calls: ${reply.status} ${reply.text.slice(0, 200)}`);
    }
    return listIn(JSON.parse(reply.text) as unknown).map(apiCall);
  }

  close(): void {
    this.http.close();
  }
}

/** The list itself, or the one list inside the reply's envelope. */
function listIn(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  const inside = typeof reply === 'object' && reply !== null ? Object.values(reply) : [];
  const list: unknown = inside.find(Array.isArray);
  if (Array.isArray(list)) return list;
  throw new Error('GET /api/v1/calls: the reply holds no list');
}

function apiCall(value: unknown): ApiCall {
  const record = (typeof value === 'object' && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  const text = (name: string): string => {
    const found = record[name];
    if (typeof found === 'string') return found;
    return typeof found === 'number' ? String(found) : '';
  };
  const legs = record['legs'];
  return {
    id: text('id'),
    state: text('state'),
    reason: text('reason'),
    destination: text('destination'),
    price: text('price'),
    cost: text('cost'),
    costCurrency: text('cost_currency') || text('currency'),
    currency: text('currency'),
    billedSeconds: text('billed_seconds'),
    legs: Array.isArray(legs) ? legs.length : Number(text('legs')) || 0,
  };
}
