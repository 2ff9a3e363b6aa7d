package system

import (
	"errors"
	"testing"

	"github.com/zalando/go-keyring"
)

// TestKeyring saves a password in the Credential Manager of the user who runs the test, and deletes
// it.
func TestKeyring(t *testing.T) {
	k, account := Keyring{Service: "traybell-test"}, "101@hub:11010"
	_ = keyring.Delete(k.Service, account) // left by an aborted run
	if _, err := k.Password(t.Context(), account); !errors.Is(err, ErrNoPassword) {
		t.Fatalf("before Keep: %v, want ErrNoPassword", err)
	}
	for _, password := range []string{"geheim", "Пароль & ü \"x\""} {
		if err := k.Keep(t.Context(), account, password); err != nil {
			t.Fatal(err)
		}
		if got, err := k.Password(t.Context(), account); err != nil || got != password {
			t.Fatalf("kept %q, got %q, %v", password, got, err)
		}
	}
	if err := keyring.Delete(k.Service, account); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Password(t.Context(), account); !errors.Is(err, ErrNoPassword) {
		t.Fatalf("after Delete: %v, want ErrNoPassword", err)
	}
}
