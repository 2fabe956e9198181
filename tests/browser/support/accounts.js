// Reads the page that tells visitors of the demonstration who they can be.

const decode = (html) =>
  html
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .trim();

/** The cells of the rows of a table of the page, which has one or two. */
async function rowsOf(origin, table) {
  const answer = await fetch(`${origin}/demo`, { headers: { "accept-language": "en" } });
  const html = await answer.text();
  const body = [...html.matchAll(/<tbody>([\s\S]*?)<\/tbody>/g)][table]?.[1];
  if (!answer.ok || !body) throw new Error(`/demo answered ${answer.status}:\n${html}`);
  const rows = body.match(/<tr>[\s\S]*?<\/tr>/g) ?? [];
  return rows.map((row) =>
    [...row.matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)].map((cell) => decode(cell[1])),
  );
}

export async function readAccounts(origin) {
  const rows = await rowsOf(origin, 0);
  return rows.map(([contract, user, loginPassword, transactionPassword, code]) => ({
    contract,
    user,
    loginPassword,
    transactionPassword,
    code: /^\d{6}/.exec(code)?.[0] ?? null,
  }));
}

/** A member of the bank's staff, with the code that their card shows now. */
export async function readClerk(origin, id) {
  const row = (await rowsOf(origin, 1)).find(([staff]) => staff === id);
  const [staff, loginPassword, code] = row;
  return { staff, loginPassword, code: /^\d{6}/.exec(code)[0] };
}
