import { requestOf } from '../../test/requests';
import { knownSchemas } from '../../test/known-schemas';
import { SchemaLookup } from '../schema-lookup';
import { trackerTp1 } from './tracker-tp1';

const lookup = new SchemaLookup(knownSchemas({}));

describe('trackerTp1', () => {
  it('takes the querystring for one event', () =>
    expect(trackerTp1(requestOf({ querystring: 'e=pv&p=web&p=app&x' }), lookup)).toEqual({
      kind: 'events',
      events: [
        new Map([
          ['e', 'pv'],
          ['p', 'app'],
          ['x', null],
        ]),
      ],
    }));

  it('has no event without one', () =>
    expect(trackerTp1(requestOf({ body: 'e=pv' }), lookup)).toEqual({
      kind: 'faults',
      messages: [{ field: 'querystring', value: null, expectation: 'empty querystring: not a valid URI redirect' }],
    }));
});
