import { type ParameterKind } from '../protocol/tracker-payload';
import { conversions, toDimensions } from './conversions';

const notAnInteger = 'Cannot be converted to java.lang.Integer';
const notATime = 'Not in the expected format: ms since epoch';
const notAUuid = 'Not a valid UUID';

describe('conversions', () => {
  it.each<[ParameterKind, string, string | undefined]>([
    ['text', 'a\tb\n', 'a    b'],
    ['text', 'null', 'null'],
    ['text', '', undefined],
    ['integer', '7', '7'],
    ['integer', '+5', '5'],
    ['integer', '007', '7'],
    ['integer', '-0', '0'],
    ['integer', '2147483647', '2147483647'],
    ['integer', '-2147483648', '-2147483648'],
    ['integer', '٣', '3'],
    ['integer', 'NuLL', undefined],
    ['decimal', '12.50', '12.50'],
    ['decimal', 'null', undefined],
    ['boolean', '1', '1'],
    ['boolean', '0', '0'],
    ['timestamp', '1700000000123', '2023-11-14 22:13:20.123'],
    ['timestamp', '+0001', '1970-01-01 00:00:00.001'],
    ['timestamp', '-1', '1969-12-31 23:59:59.999'],
    ['uuid', '0F8FAD5B-D9CB-469F-A165-70867728950E', '0f8fad5b-d9cb-469f-a165-70867728950e'],
    ['event-type', 'pv', 'page_view'],
    ['event-type', 'ev', 'struct'],
    ['platform', 'headset', 'headset'],
    ['address', '203.0.113.7, 10.0.0.1', '203.0.113.7'],
    ['address', '203.0.113.7|10.0.0.1', '203.0.113.7'],
    ['address', ' 203.0.113.7', undefined],
    ['address', '[2001:db8::1]:443', '[2001:db8::1]:443'],
  ])('reads %s %j: %j', (kind, text, value) => expect(conversions[kind](text)).toEqual({ value }));

  it.each<[ParameterKind, string, string]>([
    ['integer', '', notAnInteger],
    ['integer', ' 5', notAnInteger],
    ['integer', '5.0', notAnInteger],
    ['integer', '2147483648', notAnInteger],
    ['integer', '-2147483649', notAnInteger],
    ['decimal', '', 'Cannot be converted to java.math.BigDecimal. Error : null'],
    ['boolean', '2', 'Cannot be converted to Boolean-like java.lang.Byte'],
    ['boolean', '01', 'Cannot be converted to Boolean-like java.lang.Byte'],
    ['boolean', '', 'Cannot be converted to Boolean-like java.lang.Byte'],
    ['timestamp', '', notATime],
    ['timestamp', 'null', notATime],
    ['timestamp', '1.6e12', notATime],
    ['timestamp', '9223372036854775808', notATime],
    ['timestamp', '9223372036854775807', 'Formatting as 292278994-08-17 07:12:55.807 is not Redshift-compatible'],
    ['timestamp', '-62167219200001', 'Formatting as -0001-12-31 23:59:59.999 is not Redshift-compatible'],
    ['uuid', '', notAUuid],
    ['uuid', '{0f8fad5b-d9cb-469f-a165-70867728950e}', notAUuid],
    ['uuid', '1-2-3-4-5', notAUuid],
    ['event-type', 'page_view', 'Not a valid event type'],
    ['platform', 'WEB', 'Not a valid platform'],
    ['platform', '', 'Not a valid platform'],
  ])('refuses %s %j: %s', (kind, text, fault) => expect(conversions[kind](text)).toEqual({ fault }));
});

describe('toDimensions', () => {
  it.each([
    ['1920x1080', { width: '1920', height: '1080' }],
    ['0012x0', { width: '12', height: '0' }],
    ['1920*1080', { fault: 'Does not conform to regex (\\d+)x(\\d+)' }],
    ['1 x 2', { fault: 'Does not conform to regex (\\d+)x(\\d+)' }],
    ['', { fault: 'Does not conform to regex (\\d+)x(\\d+)' }],
    ['1x99999999999', { fault: 'Could not be converted to java.lang.Integer s' }],
  ])('reads %j', (text, read) => expect(toDimensions(text)).toEqual(read));
});
