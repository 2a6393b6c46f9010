import { describe, expect, it } from 'vitest';
import { parseEnvelope, renderAnswer } from './envelope.ts';
import { Signer } from './signatures.ts';

const parse = (text: string) => parseEnvelope(Buffer.from(text));

describe('parseEnvelope', () => {
  it('gives back the very bytes that came in', () => {
    const text =
      ' {"data": {"transaction_id":99999999999999999999, "amount":3.0,"x":"\\u00e9é"},\n"hash":"h","command" :"c","request_timestamp":"t"}';
    const envelope = parse(text);
    expect(envelope?.echo).toBe(text);
    expect(envelope).toMatchObject({ command: 'c', requestTimestamp: 't', hash: 'h', problem: null });
    expect(envelope?.fields?.raw('transaction_id')).toBe('99999999999999999999');
  });

  it('leaves out what is not given back', () => {
    const envelope = parse('{"debug":{"code":200},"command":"c","data":{"a":1.0},"session_id":7,"hash":null}');
    expect(envelope?.echo).toBe('{"command":"c","data":{"a":1.0},"hash":null}');
    expect(parse('{}')?.echo).toBe('{}');
  });

  it('names a member that occurs twice', () => {
    const envelope = parse('{"command":"a","command":"b","data":{}}');
    expect(envelope).toMatchObject({
      command: 'b',
      problem: 'command occurs twice',
      echo: '{"command":"b","data":{}}',
    });
  });

  it.each(['null', '"text"', '[]', '7', '{}'])('has no fields where data is %s', (data) => {
    const envelope = parse(`{"data":${data}}`);
    expect(envelope?.fields === null).toBe(data !== '{}');
  });

  it.each([
    '',
    ' ',
    'null',
    '7',
    '"text"',
    '[{}]',
    '{',
    '{"a":01}',
    "{'a':1}",
    '{"a":1,}',
    '{"a":NaN}',
    '\ufeff{}',
    '{}{}',
    '{"a":"\t"}',
  ])('is null for %j', (text) => expect(parse(text)).toBeNull());

  it('is null for what is not UTF-8', () => {
    expect(parseEnvelope(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBeNull();
    expect(parseEnvelope(Buffer.from('{"a":"é"}', 'latin1'))).toBeNull();
    expect(parseEnvelope(Buffer.from('{}', 'utf16le'))).toBeNull();
  });
});

describe('renderAnswer', () => {
  it('is signed with the time that it shows', () => {
    const signer = new Signer('secret_key', []);
    const atMs = Date.UTC(2020, 11, 1, 15, 33, 11);
    const text = renderAnswer(signer, 'OK', atMs, '{"command":"c"}', '{"balance":420.76}');
    expect(text).toBe(
      '{"request":{"command":"c"},"response":{"status":"OK","response_timestamp":"2020-12-01 15:33:11",' +
        '"hash":"fcc641fb4885911b30861927ad20c5ac3687928f","data":{"balance":420.76}}}',
    );
  });
});
