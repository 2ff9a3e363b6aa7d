package signin

import (
	"fmt"

	"traybell/shared/protocol"

	"github.com/alexedwards/argon2id"
)

// Shortest and Longest limit new passwords, in characters and in bytes. They do not apply to hashes in
// hub.yml.
const (
	Shortest = 6
	Longest  = protocol.MaxPassword
)

// Cost is the cost of a hash: 19 MiB, two passes, one thread, the minimum of OWASP's password
// storage cheat sheet. More would slow down hundreds of desktops that reconnect at once.
func Cost() *argon2id.Params {
	return &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// Hash returns an argon2id hash for hub.yml, in the PHC string format.
func Hash(password string) (string, error) { return argon2id.CreateHash(password, Cost()) }

// Fits reports whether a hash is of this password.
func Fits(password, hash string) bool {
	fits, err := argon2id.ComparePasswordAndHash(password, hash)
	return err == nil && fits
}

func decode(hash string) (*argon2id.Params, error) {
	p, _, _, err := argon2id.DecodeHash(hash)
	if err == nil && (p.Iterations < 1 || p.Parallelism < 1 || p.KeyLength < 16) {
		err = fmt.Errorf("t=%d, p=%d and a key of %d bytes are too weak", p.Iterations, p.Parallelism, p.KeyLength)
	}
	if err != nil {
		return nil, fmt.Errorf("the password is not an argon2id hash (run traybell-hub passwd): %w", err)
	}
	return p, nil
}
