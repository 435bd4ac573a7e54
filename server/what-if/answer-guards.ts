import type { CallPlan } from '../calls/call-plan.js';
import type { CallTarget } from '../calls/decision.js';
import { accountDayKey } from '../../db/repositories/account-days.js';
import type { BookFacts } from './read-books.js';
import type { GuardAnswer, TargetAnswer } from './types.js';

/** What guards found, and what they let be spent today. */
export function guardAnswers(plan: CallPlan, { spent }: BookFacts): readonly GuardAnswer[] {
  const found = (plan.guardEvents ?? []).map(({ accountId, rule, kind, detail }): GuardAnswer => {
    return { accountId, rule, outcome: kind, detail };
  });
  const limits = plan.kind === 'paid' ? plan.dailyLimits : [];
  const bounds = limits.map(({ accountId, day, limit }): GuardAnswer => {
    const used = spent.get(accountDayKey({ accountId, day }))?.toFixed(6) ?? '0.000000';
    return {
      accountId,
      rule: 'daily_spend',
      outcome: 'limit',
      detail: { day, limit, spent: used },
    };
  });
  return [...found, ...bounds];
}

/** Where the call goes; null for one that carriers are chosen for, and for a refused one. */
export function targetAnswer(plan: CallPlan): TargetAnswer | null {
  if (plan.kind === 'refused' || plan.target === null) return null;
  return { kind: plan.target.kind, to: destinationOf(plan.target) };
}

function destinationOf(target: CallTarget): string {
  switch (target.kind) {
    case 'extension':
      return `${target.number}@${target.domain}`;
    case 'menu':
      return target.name;
    case 'echo':
      return 'echo';
    case 'transfer':
      return target.to;
    case 'emergency':
      return target.gateways.map(({ gatewayName }) => gatewayName).join(', ');
  }
}
