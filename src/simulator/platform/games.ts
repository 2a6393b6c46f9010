/** PLATFORM v2.49, API endpoint: Games List, under its own names; numbers are 1 or 0. */
export type Game = {
  id: number;
  title: string;
  platform: string;
  type: string;
  enabled: number;
  fun_mode: number;
  campaigns: number;
  vendor: string;
  created_at: string;
  details: Readonly<Record<string, unknown>>;
};

/** What is not said is as of an ordinary desktop slot that is enabled. */
export type NewGame = Partial<Game> & { id: number };

export type Lobby = { lobby_id: string; vendor: string; details: Readonly<Record<string, unknown>> };
export type NewLobby = Partial<Lobby> & { lobby_id: string };

export const completeGame = ({ id, ...said }: NewGame): Game => ({
  id,
  title: `Game ${id}`,
  platform: 'desktop',
  type: 'slots',
  enabled: 1,
  fun_mode: 1,
  campaigns: 1,
  vendor: 'netent',
  created_at: '2024-05-10',
  details: {},
  ...said,
});

export const completeLobby = (lobby: NewLobby): Lobby => ({ vendor: 'evolution', details: {}, ...lobby });

/** Prizes come on these game ids, which no games list has. */
export const PRIZE_GAMES: readonly number[] = [400, 401, 402, 403];
export const PRIZE_VENDOR = 'promotions';

type Text = { en: string; ru: string };
type Line = [title: string, description: Text, platforms?: 'both'];

const SLOTS: readonly Line[] = [
  ['Apocalypse Slot', { en: 'A dark knight rides a horse.', ru: 'Темный рыцарь скачет на лошади.' }, 'both'],
  ['Golden Lynx', { en: 'A lynx guards the gold of the north.', ru: 'Рысь стережёт золото севера.' }, 'both'],
  ['Emerald Bay', { en: 'Pirates, pearls and a full moon.', ru: 'Пираты, жемчуг и полная луна.' }, 'both'],
  ['Clockwork Garden', { en: 'Brass flowers open on the hour.', ru: 'Латунные цветы раскрываются каждый час.' }],
  ['Starfall', { en: 'Make a wish, and another.', ru: 'Загадай желание, и ещё одно.' }, 'both'],
  ['Silver Fox', { en: 'Who follows the fox finds the moon.', ru: 'Кто идёт за лисой, находит луну.' }],
  ['Temple of Tides', { en: 'Each wave brings a relic.', ru: 'Каждая волна приносит реликвию.' }, 'both'],
  ['Hot Cherries', { en: 'Three reels, as it always was.', ru: 'Три барабана, как было всегда.' }, 'both'],
];

const MORE_SLOTS: readonly Line[] = [
  [
    'Midnight Express',
    { en: 'Eleven carriages, one of them golden.', ru: 'Одиннадцать вагонов, один золотой.' },
    'both',
  ],
  ['Crystal Canyon', { en: 'Echoes that pay.', ru: 'Эхо, которое платит.' }],
  ['Queen of Lanterns', { en: 'A festival above the river.', ru: 'Праздник фонарей над рекой.' }, 'both'],
  ['Viking Dawn', { en: 'The longships come home.', ru: 'Ладьи возвращаются домой.' }],
  ['Lucky Bakery', { en: 'There is a coin in one of the cakes.', ru: 'В одном из пирогов спрятана монета.' }, 'both'],
  ['Neon Samurai', { en: 'One cut, five reels.', ru: 'Один удар, пять барабанов.' }],
];

const LIVE: readonly Line[] = [
  ['Live Roulette', { en: 'A real wheel and a real dealer.', ru: 'Настоящее колесо и настоящий крупье.' }, 'both'],
  ['Speed Baccarat', { en: 'A round in 27 seconds.', ru: 'Раунд за 27 секунд.' }, 'both'],
  ['Wheel of Wonders', { en: 'A game show with 54 chances.', ru: 'Игровое шоу с 54 шансами.' }, 'both'],
  ['Blackjack Salon', { en: 'Seven seats at a quiet table.', ru: 'Семь мест за тихим столом.' }],
];

const OTHER_LIVE: readonly Line[] = [
  ['Dragon Tiger', { en: 'One card each: the higher one wins.', ru: 'По одной карте: старшая выигрывает.' }, 'both'],
  ['Sic Bo Royal', { en: 'Three dice under glass.', ru: 'Три кости под стеклом.' }],
  ['Casino Hold’em', { en: 'Against the dealer, not each other.', ru: 'Против крупье, а не друг друга.' }, 'both'],
];

const TABLE: readonly Line[] = [
  ['European Roulette', { en: 'One zero, no hurry.', ru: 'Один зеро и никакой спешки.' }, 'both'],
  ['Jacks or Better', { en: 'The video poker that everybody knows.', ru: 'Видеопокер, который знают все.' }, 'both'],
  ['Deuces Wild', { en: 'Every two is a friend.', ru: 'Каждая двойка — друг.' }],
  ['Punto Banco', { en: 'Player, banker or tie.', ru: 'Игрок, банкир или ничья.' }, 'both'],
];

const LOTTERY: readonly Line[] = [
  ['Keno Express', { en: 'Twenty numbers every minute.', ru: 'Двадцать чисел каждую минуту.' }, 'both'],
  ['Bingo Harbour', { en: 'Ninety balls by the sea.', ru: 'Девяносто шаров у моря.' }, 'both'],
  ['Scratch & Dream', { en: 'Three of a kind under the silver.', ru: 'Три одинаковых под серебром.' }],
];

type Shelf = { vendor: string; type: string; firstId: number; hasFun: boolean; lines: readonly Line[] };

/** PLATFORM's own samples have game ids 1, 37, 46 and 200, and these vendors among others. */
const SHELVES: readonly Shelf[] = [
  { vendor: 'test1', type: 'slots', firstId: 1, hasFun: true, lines: SLOTS.slice(0, 1) },
  { vendor: 'netent', type: 'slots', firstId: 200, hasFun: true, lines: SLOTS.slice(1) },
  { vendor: 'slotsXX', type: 'slots', firstId: 220, hasFun: true, lines: MORE_SLOTS },
  { vendor: 'evolution', type: 'live', firstId: 240, hasFun: false, lines: LIVE },
  { vendor: 'ezugi', type: 'live', firstId: 260, hasFun: false, lines: OTHER_LIVE },
  { vendor: 'portomaso', type: 'live', firstId: 270, hasFun: false, lines: LIVE.slice(0, 2) },
  { vendor: 'live168', type: 'live', firstId: 280, hasFun: false, lines: OTHER_LIVE.slice(0, 2) },
  { vendor: 'vivo', type: 'table', firstId: 300, hasFun: true, lines: TABLE },
  { vendor: 'vivo', type: 'lottery', firstId: 320, hasFun: true, lines: LOTTERY },
];

/** Every so many games one is disabled, and one has no fun mode. */
const DISABLED_EVERY = 13;
const NO_FUN_EVERY = 9;

/** The games that an operator has unless it is given others. */
export function demoGames(): Game[] {
  const games = SHELVES.flatMap(({ vendor, type, firstId, hasFun, lines }) =>
    lines
      .flatMap(([title, description, platforms]) => [
        { title, description, platform: 'desktop' },
        ...(platforms === 'both' ? [{ title, description, platform: 'mobile' }] : []),
      ])
      .map(({ title, description, platform }, index) =>
        completeGame({
          id: firstId + index,
          title,
          platform,
          type,
          vendor,
          fun_mode: hasFun ? 1 : 0,
          details: { description },
        }),
      ),
  );
  return games.map((game, index) => ({
    ...game,
    enabled: index % DISABLED_EVERY === DISABLED_EVERY - 1 ? 0 : 1,
    fun_mode: index % NO_FUN_EVERY === NO_FUN_EVERY - 1 ? 0 : game.fun_mode,
    campaigns: game.type === 'slots' ? 1 : 0,
    created_at: `2024-${String((index % 12) + 1).padStart(2, '0')}-10`,
  }));
}

export const demoLobbies = (): Lobby[] =>
  [
    { lobby_id: 'evolution_game_shows', vendor: 'evolution' },
    { lobby_id: 'evolution_baccarat_sicbo', vendor: 'evolution' },
    { lobby_id: 'ezugi_all_games', vendor: 'ezugi' },
    { lobby_id: 'portomaso', vendor: 'portomaso' },
    { lobby_id: 'live168', vendor: 'live168' },
  ].map(completeLobby);
