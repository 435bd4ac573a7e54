export * from './access.js';
export * from './accounts.js';
export * from './calls.js';
export * from './carriers.js';
export * from './ledger.js';
export * from './numbers.js';
export * from './rates.js';
export * from './switches.js';
