import type { Operation } from '../operation.js';
import { accessOperations } from './access.js';
import { accountOperations } from './accounts.js';
import { activationOperations } from './activations.js';
import { callOperations } from './calls.js';
import { carrierOperations } from './carriers.js';
import { inboxOperations } from './cdr-inbox.js';
import { exchangeRateOperations } from './exchange-rates.js';
import { guardOperations } from './guards.js';
import { inclusiveMinuteOperations } from './inclusive-minutes.js';
import { legOperations } from './legs.js';
import { liveCallOperations } from './live-calls.js';
import { moneyOperations } from './money.js';
import { noticeOperations } from './notices.js';
import { numberOperations } from './numbers.js';
import { packageOperations } from './packages.js';
import { parkedCallOperations } from './parked-calls.js';
import { portedNumberOperations } from './ported-numbers.js';
import { qualityOperations } from './quality.js';
import { rateExportOperations } from './rate-exports.js';
import { rateImportOperations } from './rate-imports.js';
import { rateOperations } from './rates.js';
import { releasePreviewOperations } from './release-previews.js';
import { releaseOperations } from './releases.js';
import { reratingOperations } from './reratings.js';
import { routeTestOperations } from './route-tests.js';
import { switchOperations } from './switches.js';
import { walletOperations } from './wallets.js';

/** Everything the API can do. The router and the OpenAPI document are both made from this list. */
export const operations: readonly Operation[] = [
  ...accountOperations,
  ...moneyOperations,
  ...walletOperations,
  ...packageOperations,
  ...inclusiveMinuteOperations,
  ...guardOperations,
  ...noticeOperations,
  ...callOperations,
  ...legOperations,
  ...liveCallOperations,
  ...rateExportOperations,
  ...rateImportOperations,
  ...rateOperations,
  ...releaseOperations,
  ...activationOperations,
  ...releasePreviewOperations,
  ...reratingOperations,
  ...carrierOperations,
  ...routeTestOperations,
  ...qualityOperations,
  ...exchangeRateOperations,
  ...numberOperations,
  ...portedNumberOperations,
  ...switchOperations,
  ...parkedCallOperations,
  ...inboxOperations,
  ...accessOperations,
];
