package signin

import "github.com/alexedwards/argon2id"

// Shortest is the minimum length of new passwords in characters. It does not apply to hashes in
// hub.yml.
const Shortest = 6

// Cost is the cost of a hash: 19 MiB, two passes, one thread, the minimum of OWASP's password
// storage cheat sheet. More would slow down hundreds of desktops that reconnect at once.
func Cost() *argon2id.Params {
	return &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// Hash returns an argon2id hash for hub.yml, in the PHC string format.
func Hash(password string) (string, error) { return argon2id.CreateHash(password, Cost()) }
