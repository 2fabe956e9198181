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

export async function readAccounts(origin) {
  const answer = await fetch(`${origin}/demo`, { headers: { "accept-language": "en" } });
  const html = await answer.text();
  const body = /<tbody>([\s\S]*?)<\/tbody>/.exec(html)?.[1];
  if (!answer.ok || !body) throw new Error(`/demo answered ${answer.status}:\n${html}`);
  const rows = body.match(/<tr>[\s\S]*?<\/tr>/g) ?? [];
  return rows.map((row) => {
    const cells = [...row.matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)].map((cell) => decode(cell[1]));
    const [contract, user, loginPassword, transactionPassword, code] = cells;
    return {
      contract,
      user,
      loginPassword,
      transactionPassword,
      code: /^\d{6}/.exec(code)?.[0] ?? null,
    };
  });
}
