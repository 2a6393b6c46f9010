import { word } from '../../random.ts';
import { type Hall, remember, type Terminal } from '../state.ts';
import { readWallText } from '../times.ts';
import { type Call, hallOperation, isBigint, type Reply } from './operation.ts';

/** StarGame, User registration. */
export const apiReg = hallOperation({
  name: 'api_reg',
  required: ['phone'],
  invalidXmlCode: 'invalid_xml_sended',
  malformedHallCode: 'hall_id_format_invalid',
  run(call, hall) {
    const operationId = call.field('operation_id');
    const before = hall.registrations.get(operationId);
    if (before !== undefined) return answer(call, before, true);
    const details = readDetails(call);
    if ('code' in details) return details;
    const terminal = register(call, hall, details);
    if (isBigint(operationId)) remember(hall.registrations, operationId, terminal);
    return answer(call, terminal, false);
  },
});

type Details = { password: string; birthdate: string };

function readDetails(call: Call): { code: string } | Details {
  const phone = call.field('phone');
  if (!isBigint(phone)) return { code: 'phone_format_invalid' };
  if (call.state.phones.has(phone)) return { code: 'user_phone_already_exist' };
  if (!/^([^@\s]+@[^@\s]+\.[^@\s]+)?$/.test(call.field('email'))) return { code: 'wrong_email' };
  // No code is documented for it.
  if (call.field('name') !== '' && call.field('name').length < 6) return { code: 'required_fields_are_empty' };
  const password = call.field('password').replace(/[^A-Za-z0-9]/g, '');
  if (call.field('password') !== '' && password.length < 6) return { code: 'wrong_password' };
  const birthdate = readBirthdate(call);
  return birthdate === null ? { code: 'wrong_birthdate_params' } : { password, birthdate };
}

/** `YYYY-MM-DD`, or empty; null where the parameters form no date. */
function readBirthdate(call: Call): string | null {
  const [year = '', month = '', day = ''] = ['birthYear', 'birthMonth', 'birthDay'].map(call.field);
  if (year + month + day === '') return '';
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return readWallText(`${date} 00:00:00`) === null ? null : date;
}

function register(call: Call, hall: Hall, { password, birthdate }: Details): Terminal {
  const { addTerminal, random } = call.state;
  const given = (field: 'name' | 'email'): Partial<Terminal> =>
    call.field(field) === '' ? {} : { [field]: call.field(field) };
  return addTerminal({
    hall,
    password: password === '' ? word(random, 8) : password,
    phone: call.field('phone'),
    ...given('name'),
    ...given('email'),
    exId: call.field('ex_id'),
    birthdate,
    country: call.field('country'),
    address: call.field('address'),
  });
}

function answer(call: Call, terminal: Terminal, exists: boolean): Reply {
  return {
    fields: {
      login: terminal.uid,
      password: terminal.password,
      email: terminal.email,
      phone: terminal.phone,
      birthdate: terminal.birthdate,
      hall_id: terminal.hall.hallId,
      operation_id: call.field('operation_id'),
      operation_exist: exists ? 1 : 0,
      time: call.nowSeconds,
      ex_id: terminal.exId,
      country: terminal.country,
      address: terminal.address,
      is_first_deposit: terminal.hasDeposited ? 0 : 1,
      is_first_enter: 0,
      is_passing: 0,
    },
  };
}
