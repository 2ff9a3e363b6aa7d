package agents

import "github.com/alexedwards/argon2id"

// HashPassword makes the argon2id hash that hub.yml keeps, in the PHC string format. Its cost (19 MiB, two passes, one thread) is what OWASP's password storage
// cheat sheet asks for at least: dear enough for who steals the file, and small enough for a hub to which hundreds of desktops come back at once.
func HashPassword(password string) (string, error) {
	return argon2id.CreateHash(password, &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32})
}
