type Child = Node | string | null;
type Attributes = Record<string, string | null>;

/** An element; texts become text, never markup. A null attribute or child is left out. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no element ${id}`);
  return element as T;
}

export function button(label: string, look: string, onClick: () => void): HTMLButtonElement {
  const element = h('button', { type: 'button', class: look }, label);
  element.addEventListener('click', onClick);
  return element;
}

/** A decimal with its thousands set apart. Text to text: an amount never becomes a JavaScript number. */
export const money = (decimal: string): string => decimal.replace(/\B(?=(\d{3})+(?!\d)(?=\.))/g, ',');
