import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { DEMO_SESSION, flashParameters, showgameUrl, starconfig, starconfigHash, toteOpbettingUrl } from './launch.ts';

const SESSION = { sid: '9007199254740993', key1: '11', key2: '22' };

test('showgame, with a language and without', () => {
  expect(showgameUrl({ gameid: '219', ...SESSION })).toEqual({
    url: 'https://apiserver.solutions/showgame?gameid=219&sid=9007199254740993&key1=11&key2=22',
  });
  expect(showgameUrl({ gameid: '219', ...DEMO_SESSION, lang: 'ru' }, 'http://127.0.0.1:8070/stargame')).toEqual({
    url: 'http://127.0.0.1:8070/stargame/showgame?gameid=219&sid=777&key1=777&key2=777&lang=ru',
  });
});

test('tote_opbetting3 has the digest of the password', () => {
  // md5 of "secret"
  expect(toteOpbettingUrl({ gameid: '219', ulogin: '1334', password: 'secret', x: '0.5' })).toEqual({
    url: 'https://apiserver.solutions/tote_opbetting3?gameid=219&ulogin=1334&upass=5ebe2294ecd0e0f08eab7690d2a6ee69&x=0.5',
  });
});

test('the hash of the document', () => {
  expect(starconfigHash('1890', 'secret', '1334')).toBe('1a250ab682fd877c2117c87addf312e4');
});

const PLAIN = { hallId: '1890', hallSecret: 'secret', login: '1334', gameid: '219' };

test('starconfig as in the sample of the document', () => {
  const made = starconfig({
    ...PLAIN,
    width: 1024,
    height: 788,
    balanceChange: 'changeMyBalance',
    closeWindow: 'closeMyWindow',
    logo: 'My Company',
    logoword: 'Company',
  });
  expect(made).toMatchObject({
    config: {
      login: 1334,
      hash: '1a250ab682fd877c2117c87addf312e4',
      gameid: 219,
      width: 1024,
      height: 788,
      balanceChange: 'changeMyBalance',
      closeWindow: 'closeMyWindow',
      logo: 'My Company',
      logoword: 'Company',
    },
  });
  if (!('script' in made)) throw new Error('refused');
  const page: { starconfig?: unknown } = {};
  runInNewContext(made.script, page);
  expect(JSON.stringify(page.starconfig)).toBe(JSON.stringify(made.config));
});

test('sizes in percent, and a terminal that is no JavaScript number', () => {
  const made = starconfig({ ...PLAIN, login: '9007199254740993', width: '80%', height: '100%' });
  expect(made).toMatchObject({ config: { login: '9007199254740993', width: '80%', height: '100%' } });
});

test('nothing ends the script or a string', () => {
  for (const attack of ['</script><script>alert(1)', '";alert(1);//', "';alert(1);//", '<!--', '\u2028', 'a\\']) {
    for (const field of ['login', 'gameid', 'width', 'height', 'balanceChange', 'closeWindow', 'logo', 'logoword']) {
      const made = starconfig({ ...PLAIN, [field]: attack });
      expect(made, field).toEqual({ mistakes: [expect.stringMatching(new RegExp(`^${field}: `))] });
    }
  }
});

test.each([
  ['logo', 'x'.repeat(21)],
  ['logoword', 'CompanyNam'],
  ['logoword', 'A B'],
  ['width', 0],
  ['width', 10_001],
  ['height', '101%'],
  ['height', '80'],
  ['balanceChange', 'alert(1)'],
  ['hallSecret', ''],
  ['login', 1334],
  ['surprise', 1],
])('starconfig refuses %s %j', (field, value) => {
  const made = starconfig({ ...PLAIN, [field]: value } as Parameters<typeof starconfig>[0]);
  expect(made).toEqual({ mistakes: [expect.stringMatching(new RegExp(`^${field}: `))] });
});

test.each([0, 1.5, 10_001, '101%', '80'])('a size of %j is refused with the rule', (width) => {
  const rule = 'width: must be 1 to 10000 pixels as a number, or 1% to 100%';
  expect(starconfig({ ...PLAIN, width })).toEqual({ mistakes: [rule] });
});

test('every mistake of a link is named, with no value in it', () => {
  // As it comes from a form: any text.
  const given: Record<string, string> = { gameid: '1&x', sid: 'geheim', key1: '', key2: '1', lang: 'de' };
  const made = showgameUrl(given as Parameters<typeof showgameUrl>[0]);
  expect(made).toEqual({
    mistakes: [
      'gameid: must be 1 to 20 digits',
      'sid: must be 1 to 20 digits',
      'key1: must be 1 to 20 digits',
      'lang: must be en or ru',
    ],
  });
  expect(toteOpbettingUrl({ gameid: '1', ulogin: 'none', password: '', x: 'y' })).toEqual({
    mistakes: ['ulogin: must be 1 to 20 digits', 'password: must not be empty', 'x: must be a number'],
  });
});

test('parameters of the flash loader', () => {
  expect(flashParameters({ ...DEMO_SESSION, gameid: '219' })).toEqual({
    movie: 'https://apiserver.solutions/public/tote/GameLoader.swf',
    flashvars: 'SID=777&KEY1=777&KEY2=777&gameid=219&config=https://apiserver.solutions/flashconfig.php',
  });
  for (const config of ['https://x/?a=1&gameid=2', 'javascript:alert(1)', 'https://x/"><script>', 'flashconfig.php']) {
    expect(flashParameters({ ...DEMO_SESSION, gameid: '219', config })).toEqual({
      mistakes: expect.arrayContaining([expect.stringMatching(/^config: /)]),
    });
  }
});
