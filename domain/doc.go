// Package domain is the glossary of the product: each word below has one home and one meaning everywhere.
//
// Nothing under domain knows a database, a network, a clock or a source of randomness: times and ids come in as
// arguments, so that every rule can be tested with a table. It imports the standard library and itself only.
//
//	account      a user of the product: e-mail, password policy, role, back-off after failed logins
//	action       chat: what an agent asks the client to do; the server itself executes nothing
//	agent        chat: one specialist (tasks, projects, notes, checkpoints) with a prompt and tools
//	backup       a whole encrypted copy of an app's data; a chunk of it can be verified by itself
//	blob         opaque bytes that only the client can decrypt
//	change       record: one entry of a user's change feed; a deletion is a tombstone
//	checksum     the lower-case hex SHA-256 of raw bytes
//	event        chat: what happens while an answer is made; a sink hears of it
//	entitlement  tier: what a tier lets a user do, and how much of it
//	etag         record: names one version of a record
//	family       session: all refresh tokens descended from one login; theft ends the whole family
//	fault        every failure that a caller may act upon, by a stable code
//	garbage      record: a stored object that no row names any more, or never came to be named
//	idempotency  a request that is sent again gets the first answer; a key names it
//	plan         steps that a client carries out, some of which are prompts that the server runs
//	playbook     plan: one that is made beforehand, from a smallest tier on
//	quota        bytes that a tier grants, and how many are used
//	record       metadata of one encrypted blob of the app
//	session      one device that is logged in
//	template     plan: the prompt of a step; clients know its id and never its text
//	tier         free, pro, power, team
//	vector       what is searched by likeness: an item with its blob, its point in a search index, the space they are in
package domain
