// Every page that needs no login. Pages behind a login are walked through in a11y.spec.js.

export const PUBLIC_SCREENS = [
  "/",
  "/admin/login",
  "/cert/login",
  "/office/login",
  "/help/reissue",
  "/help/login",
  "/forms",
  "/forms/standard",
  "/forms/light",
  "/forms/standard/3",
  "/notes",
  "/accessibility",
  "/demo",
];
