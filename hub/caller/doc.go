// Package caller determines who calls: by the number, from directories, categories and blocks, and
// by where the call comes from. Only a call from a phone of the company can be a colleague's; a
// caller outside may present any number and name. It owns no state; any goroutine may use it.
package caller
