const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');

/** JSON for a script element: nothing in it ends the element. */
export const scriptData = (data: object): string => JSON.stringify(data).replaceAll('<', '\\u003c');
