/** Roles by what the pages offer them. What a role may do is the server's to say. */
const roles = (...those: string[]) => (role: string): boolean => those.includes(role);

/** Take reports of faults, call subscribers back, act on several orders at once. */
export const takesReports = roles("agent", "dispatcher", "grid_lead");
/** See what subscribers were told and what did not go out. */
export const seesNotices = roles("agent", "dispatcher", "grid_lead", "manager", "administrator");
/** Send a message again or put it away. */
export const decidesNotices = roles("agent", "dispatcher", "administrator");
/** Take and answer complaints. */
export const takesComplaints = roles("agent", "dispatcher", "grid_lead", "inspector", "manager");
/** Bring in a file of complaints. */
export const bringsComplaints = roles("dispatcher", "manager");
/** Give an order without a place its place. */
export const placesOrders = roles("agent", "dispatcher", "grid_lead", "administrator");
/** Merge orders that are about the same fault. */
export const merges = roles("dispatcher", "grid_lead");
/** Make one record of two of the same subscriber. */
export const mergesSubscribers = roles("agent", "dispatcher");
/** Move visits and plan days. */
export const plans = roles("dispatcher", "grid_lead", "administrator");
/** Give somebody a link to set a password with. */
export const invites = roles("administrator");
/** Compute the score cards of a month. */
export const computesScores = roles("manager", "administrator", "inspector");
/** Publish the ranking of a month. */
export const publishesRankings = roles("manager", "administrator");

/** See the call-back desk; taking calls is the agents'. */
export const seesDesk = roles("agent", "dispatcher", "grid_lead", "inspector", "manager", "observer", "administrator");
/** Read the overview of a month. */
export const readsReports = roles("manager", "administrator", "inspector", "grid_lead", "dispatcher", "observer");
/** Read what subscribers said, in their words. */
export const readsQuotes = roles("manager", "administrator", "inspector", "grid_lead", "dispatcher");
/** See signs of dishonest reports. */
export const investigates = roles("manager", "administrator", "inspector");
/** Try rules on a month. */
export const triesRules = roles("manager", "administrator", "inspector");
/** Put rules in force. */
export const makesRules = roles("administrator");
/** Publish, close and reopen months. */
export const closesMonths = roles("manager");
/** Decide what a month leads to, and write its bulletin. */
export const decides = roles("manager");
/** Decide appeals. */
export const decidesAppeals = roles("inspector");
/** Read statements, dispute them, issue and settle them. */
export const readsStatements = roles("manager", "administrator", "grid_lead");
export const disputes = roles("manager", "grid_lead");
export const settles = roles("manager");

/** The address of the face that a role works with. */
export const homeOf = (role: string): "/technician" | "/" => (role === "technician" ? "/technician" : "/");
