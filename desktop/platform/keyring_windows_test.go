package platform

import (
	"errors"
	"testing"
)

// TestKeyring keeps a password in the Credential Manager of whoever runs the test, and takes it out again.
func TestKeyring(t *testing.T) {
	k, account := Keyring{Service: "traybell-test"}, "101@hub:11010"
	for range 2 {
		if err := k.Forget(t.Context(), account); err != nil {
			t.Fatal(err)
		}
	}
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
	if err := k.Forget(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Password(t.Context(), account); !errors.Is(err, ErrNoPassword) {
		t.Fatalf("after it was forgotten: %v, want ErrNoPassword", err)
	}
}
