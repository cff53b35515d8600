import { isCanonicalUuid, readUuid } from './uuid';

test.each([
  ['6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11', '6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11', true],
  ['6E2F2B1E-2F0A-4D5E-9C1D-0D5B8F0E7A11', '6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11', true],
  ['1-2-3-4-5', '00000001-0002-0003-0004-000000000005', false],
  ['123456789-12345-3-4-5', '23456789-2345-0003-0004-000000000005', false],
  ['6e2f2b1e2f0a4d5e9c1d0d5b8f0e7a11', null, false],
  ['06e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11', null, false],
  [' 6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a11', null, false],
  ['6e2f2b1e-2f0a-4d5e-9c1d-', null, false],
  ['6e2f2b1e-2f0a-4d5e-9c1d-0d5b8f0e7a1g', null, false],
  ['', null, false],
])('%j is read as %j', (text, uuid, isCanonical) => {
  expect(readUuid(text)).toBe(uuid);
  expect(isCanonicalUuid(text)).toBe(isCanonical);
});
