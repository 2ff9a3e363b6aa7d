package link

import (
	"testing"

	"traybell/shared/protocol"
)

func TestHiddenNumberIsInNoLink(t *testing.T) {
	template, err := Parse("https://crm.example/?a=<PIM_CID>&b=<PIM_CID_E164>&c=<PIM_CUSTOMER_UserLogin>")
	if err != nil {
		t.Fatal(err)
	}
	call := protocol.Call{Number: protocol.Alias + "a", E164: "+74951234567", Hidden: true}
	got, ok := template.Expand(Of(call, &protocol.Customer{Login: "ivan"}, "101"))
	if want := "https://crm.example/?a=&b=&c=ivan"; !ok || got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, ok := template.Expand(Of(call, nil, "101")); ok {
		t.Errorf("of an unknown caller: %q", got)
	}
}
