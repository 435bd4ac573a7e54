import { expect } from 'chai';
import { describe, it } from 'mocha';
import { violationOf } from '../../../db/repositories/admin/errors.js';
import { escapeLike } from '../../../db/repositories/admin/records.js';
import { carrierStore, gatewayStore, planStore } from '../../../db/repositories/admin/stores.js';
import { inTransaction } from '../../../db/transaction.js';
import { withTempDatabase } from '../../support/temp-database.js';

describe('the record stores', function () {
  this.timeout(30_000);
  const temp = withTempDatabase();
  const orm = () => temp().database.orm;

  const carrier = (code: string) =>
    carrierStore.insert(orm(), { code, name: `Carrier ${code}`, currency: 'USD' });

  const failure = async (work: Promise<unknown>): Promise<unknown> => {
    try {
      await work;
    } catch (error) {
      return error;
    }
    throw new Error('found success, expected a failure');
  };

  it('count the version up with every write', async () => {
    const id = await carrier('V');
    expect((await carrierStore.find(orm(), id))?.version).to.equal(1);
    await carrierStore.update(orm(), id, { name: 'Renamed' });
    await carrierStore.update(orm(), id, {});
    const row = await carrierStore.find(orm(), id);
    expect(row).to.include({ version: 3, name: 'Renamed', code: 'V' });
  });

  it('find rows without a value', async () => {
    const id = await carrier('N');
    const found = await carrierStore.findBy(orm(), { code: 'N', rateSheetId: null });
    expect(found?.id).to.equal(id);
  });

  it('refuse a column the table does not have', async () => {
    const error = await failure(carrierStore.findBy(orm(), { 'code` or 1=1 -- ': 'x' }));
    expect(String(error)).to.include('expected one');
  });

  it('search in either case, in any script, and take wildcards for themselves', async () => {
    await carrier('Searched_1');
    await carrier('SearchedX1');
    const search = async (text: string) => {
      const query = { offset: 0, limit: 10, sort: { field: 'code', descending: false } };
      const page = await carrierStore.list(orm(), { ...query, search: text, filters: {} });
      return page.rows.map((row) => row.code);
    };
    expect(await search('searched_1')).to.deep.equal(['Searched_1']);
    expect(await search('SEARCHED')).to.deep.equal(['SearchedX1', 'Searched_1']);
    expect(await search('日本')).to.deep.equal([]);
    expect(await search('%')).to.deep.equal([]);
    expect(escapeLike('50%_\\')).to.equal('50\\%\\_\\\\');
  });

  it('keep a locked row from being changed until the transaction ends', async () => {
    const id = await carrier('L');
    const order: string[] = [];
    let rival: Promise<unknown> = Promise.resolve();
    await inTransaction(temp().database, async (tx) => {
      await carrierStore.lock(tx, id);
      rival = inTransaction(temp().database, async (other) => {
        await carrierStore.lock(other, id);
        order.push('rival');
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      order.push('first');
    });
    await rival;
    expect(order).to.deep.equal(['first', 'rival']);
  });

  it('say in words what the database refused', async () => {
    const id = await carrier('D');
    const twice = await failure(carrier('D'));
    expect(violationOf(twice)).to.deep.equal({
      kind: 'duplicate',
      constraint: 'carriers_code_unique',
    });
    const gateway = { carrierId: id, name: 'gw', proxy: 'x.example', inboundCidrs: [] };
    await gatewayStore.insert(orm(), gateway);
    expect(violationOf(await failure(carrierStore.remove(orm(), id)))).to.deep.equal({
      kind: 'in_use',
    });
    const orphan = gatewayStore.insert(orm(), { ...gateway, name: 'gw2', carrierId: 99_999 });
    expect(violationOf(await failure(orphan))).to.include({ kind: 'missing_reference' });
    const plan = planStore.insert(orm(), { name: 'Bad', maxRoutes: 99 });
    expect(violationOf(await failure(plan))).to.deep.equal({
      kind: 'check',
      constraint: 'lcr_plans_routes_check',
    });
    expect(violationOf(new Error('something else'))).to.equal(null);
  });

  it('are not misled by a value that looks like the name of a key', async () => {
    const code = "x' for key 'fake";
    await carrierStore.insert(orm(), { code, name: 'n', currency: 'USD' });
    const twice = await failure(carrierStore.insert(orm(), { code, name: 'n', currency: 'USD' }));
    expect(violationOf(twice)).to.include({ constraint: 'carriers_code_unique' });
  });
});
