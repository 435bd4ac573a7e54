import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What a node tells about itself at /metrics. Labels are short closed lists, never caller text. */
export interface Metrics {
  readonly registry: Registry;
  readonly answers: Counter<'section' | 'outcome'>;
  readonly answerSeconds: Histogram<'route'>;
  readonly events: Counter<'kind'>;
}

export interface GaugeSource {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  /** Read when somebody asks; one value, or one per label value. */
  readonly read: () => number | ReadonlyMap<string, number>;
}

export function createMetrics(sources: readonly GaugeSource[]): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const source of sources) addGauge(registry, source);
  return {
    registry,
    answers: new Counter({
      name: 'ringledger_xml_answers_total',
      help: 'Answers to FreeSWITCH by section and outcome; refused calls by their reason.',
      labelNames: ['section', 'outcome'],
      registers: [registry],
    }),
    answerSeconds: new Histogram({
      name: 'ringledger_switch_request_seconds',
      help: 'Time to answer a request of FreeSWITCH.',
      labelNames: ['route'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2],
      registers: [registry],
    }),
    events: new Counter({
      name: 'ringledger_call_events_total',
      help: 'Events taken from event sockets by kind.',
      labelNames: ['kind'],
      registers: [registry],
    }),
  };
}

function addGauge(registry: Registry, source: GaugeSource): void {
  const { label } = source;
  new Gauge({
    name: source.name,
    help: source.help,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    collect() {
      const value = source.read();
      if (typeof value === 'number') {
        this.set(value);
        return;
      }
      this.reset();
      for (const [key, count] of value) this.set({ [label ?? 'name']: key }, count);
    },
  });
}
