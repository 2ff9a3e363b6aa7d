package platform

import (
	"errors"
	"testing"

	"github.com/zalando/go-keyring"
)

// TestKeyring keeps a password in the Credential Manager of whoever runs the test, and takes it out
// again.
func TestKeyring(t *testing.T) {
	k, account := Keyring{Service: "traybell-test"}, "101@hub:11010"
	_ = keyring.Delete(k.Service, account) // of a run that was cut off
	if _, err := k.Password(t.Context(), account); !errors.Is(err, ErrNoPassword) {
		t.Fatalf("before one was kept: %v, want ErrNoPassword", err)
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
		t.Fatalf("after somebody took it out: %v, want ErrNoPassword", err)
	}
}
