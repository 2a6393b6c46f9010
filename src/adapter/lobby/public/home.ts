// Where a game's own way home leads: inside the lobby's frame it ends the game, in a window of its own it shows the lobby.
if (window.parent === window) location.replace('/lobby');
else window.parent.postMessage({ type: 'closeGame' }, location.origin);
