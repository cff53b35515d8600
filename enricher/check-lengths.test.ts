import { checkLengths } from './check-lengths';

describe('checkLengths', () => {
  it('counts UTF-16 units and tells every column that is over its bound', () =>
    expect(
      checkLengths({
        tr_currency: 'EURO',
        app_id: 'a'.repeat(255),
        user_id: '🚀'.repeat(128),
        contexts: 'x'.repeat(99_999),
      }),
    ).toEqual([
      { column: 'tr_currency', message: 'Field is longer than maximum allowed size 3' },
      { column: 'user_id', message: 'Field is longer than maximum allowed size 255' },
    ]));
});
