// Package endpoint decides which endpoints of a PBX are phones of the company and which are trunks:
// SIP peers, gateways, ISDN spans, GSM modems. A name does not show it, so the decision is made by
// evidence. Rules are what hub.yml says; a Judge adds what the PBX's own channels showed before.
//
// The evidence, strongest first:
//
//   - hub.yml: an exact name under trunks or extensions of the PBX
//   - a caller that the PBX does not know, a guest: context from-sip-external, endpoint anonymous
//   - hub.yml: the extension of an agent, then a pattern under trunks or extensions
//   - the technology, if it always leads to a network: GSM modems
//   - a number that is dialled through the endpoint: PJSIP/89161234567@701
//   - different numbers of others that it presents, although its context is that of phones
//   - the context in which the endpoint's calls begin: from-internal, from-trunk
//   - the technology, if it usually leads to a network: ISDN
//   - FROM_DID of a channel that calls
//   - a feature code that the endpoint dials: *97
//   - the number that the endpoint presents: its own name, or the number of someone else
//   - how it is dialled: by its own name, it is a phone. This is a guess.
//   - the shape of the name: two to six digits are a phone. This is a guess.
//
// A verdict is replaced only by stronger evidence.
package endpoint
