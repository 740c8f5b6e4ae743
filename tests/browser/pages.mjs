// The addresses that stand in every list: what a debtor and what the business can open without changing anything.

/** Behind the identity question. */
export const DEBTOR_PAGES = [
  "/account", "/account/plan", "/account/promise", "/account/settlement", "/account/dispute", "/account/payment",
  "/account/already-paid", "/account/hardship", "/account/contacts", "/account/preferences",
  "/account/statement", "/account/statement?as_of=soon", "/account/late-charges", "/account/money-back",
];

/** Behind the console's sign-in. */
export const CONSOLE_PAGES = ["/console", "/console/calls", "/console/letters", "/console/commitments", "/console/disputes", "/console/debtors", "/console/imports", "/console/statements", "/console/policy", "/console/policy/bank", "/console/policy/settlements", "/console/policy/late-charges", "/console/policy/reminders", "/console/reconciliation", "/console/policy/rehearsal", "/console/policy/rehearsal?days=30&shown=all&page=2", "/console/templates", "/console/templates/considerate/email/en", "/console/templates/nudge/sms/de", "/console/users", "/console/account"];

/** What the account leads to: agreements, disputes, payments, receipts. */
export function findLeads(page) {
  const kinds = ["/account/agreements/", "/account/disputes/", "/account/payment/", "/receipt/"];
  return page.locator(kinds.map((kind) => `main a[href^="${kind}"]`).join()).evaluateAll((links) => [...new Set(links.map((link) => link.getAttribute("href")))]);
}

/** How a plan can change after a miss or a larger payment. */
export function findChanges(page) {
  return page.locator("main a[href^=\"/account/plan/change\"]").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
}
