export type Game = { id: number; name: string; width: number; height: number; isAristocrat: boolean };
export type Family = { id: number; name: string; games: readonly Game[] };

const small = (id: number, name: string): Game => ({ id, name, width: 800, height: 600, isAristocrat: false });
const large = (id: number, name: string): Game => ({ id, name, width: 1024, height: 768, isAristocrat: true });

/** Names and ids from the document's samples first. */
export const FAMILIES: readonly Family[] = [
  {
    id: 1,
    name: 'aristocrat',
    games: [
      large(245, 'flightsoffancy'),
      large(244, 'jaguarMist'),
      large(206, '50lions'),
      large(207, '5dragons'),
      large(208, 'wildpanda'),
      large(209, 'redbaron'),
      large(212, 'queenofthenile'),
      large(213, 'bigben'),
    ],
  },
  {
    id: 6,
    name: 'coolfire 2',
    games: [
      large(211, 'dragonemperor'),
      large(210, 'diamonddestiny'),
      large(214, 'northernstar'),
      large(215, 'silverfox'),
      large(216, 'goldenlynx'),
      large(217, 'emeraldbay'),
    ],
  },
  {
    id: 2,
    name: 'fruits',
    games: [
      small(114, 'fruitcocktail'),
      small(115, 'hotcherries'),
      small(116, 'lemonade'),
      small(117, 'sevensup'),
      small(118, 'melonmix'),
      small(119, 'plumparade'),
    ],
  },
  {
    id: 3,
    name: 'cards',
    games: [small(219, 'Deuces Wild'), small(220, 'Jacks or Better'), small(221, 'blackjack'), small(222, 'baccarat')],
  },
];

export const GAMES: readonly Game[] = FAMILIES.flatMap(({ games }) => games);

const byId: ReadonlyMap<number, Game> = new Map(GAMES.map((game) => [game.id, game]));

export const findGame = (id: number): Game | undefined => byId.get(id);

export const gameName = (id: number): string => byId.get(id)?.name ?? `game ${id}`;
