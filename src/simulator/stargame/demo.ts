import type { State, Terminal } from './state.ts';

/** The other side of croupier's demo data: its hall, and the terminal of player 117. Gives the terminal. */
export function addDemo(state: State, adapterUrl: string): Terminal {
  const { agentId } = state.addAgent({
    agentId: '1334',
    password: 'agentpassword',
    name: 'someagent',
    balanceUnits: 1_000_000_000n,
  });
  const hall = state.addHall({
    hallId: '1890',
    agentId,
    name: 'examplecasino',
    secret: 'secret',
    balanceUnits: 100_000_000n,
    mode: 'seamless',
    notifyUrl: `${adapterUrl.replace(/\/+$/, '')}/stargame/1890/notify`,
  });
  return state.addTerminal({ hall, uid: '117', password: 'terminal117', name: 'player_117' });
}
