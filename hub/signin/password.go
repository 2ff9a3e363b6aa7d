package signin

import "github.com/alexedwards/argon2id"

// Shortest is how many characters a password needs to be made a hash of. What hub.yml has already
// is taken as it is.
const Shortest = 6

// Cost is what a hash costs: 19 MiB, two passes, one thread, what OWASP's password storage cheat
// sheet asks for at least. That is dear enough for who steals the file, and small enough for a hub
// to which hundreds of desktops come back at once.
func Cost() *argon2id.Params {
	return &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// Hash makes the argon2id hash that hub.yml keeps, in the PHC string format.
func Hash(password string) (string, error) { return argon2id.CreateHash(password, Cost()) }
