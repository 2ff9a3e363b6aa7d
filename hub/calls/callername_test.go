package calls

import (
	"testing"

	"traybell/hub/ami/wire"
)

func TestCallerName(t *testing.T) {
	const number = "79161234567"
	for name, want := range map[string]string{
		"Ivan Petrov": "Ivan Petrov", " \"Ivan\" ": "Ivan", "Иван": "Иван", "Phone 101": "Phone 101",
		"3M": "3M", "😀": "😀",
		number: "", "+79161234567": "", "89161234567": "", "8 (916) 123-45-67": "", "\"79161234567\"": "",
		"79990000000": "", "sip:79161234567@pbx": "", "101": "", "-": "", "***": "",
		"Unknown": "", "\"Unknown\"": "", "<unknown>": "", "anonymous": "", "ANONYMOUS": "", "Аноним": "", "(null)": "",
		"Sales:79161234567": "Sales", "Sales:+7 916 123-45-67": "Sales", "Sales: 89161234567": "Sales",
		"Sales:Unknown": "Sales", "Sales:": "Sales", "SUP:Sales:79161234567": "SUP:Sales", "Sales 79161234567": "Sales",
		"Sales-89161234567": "Sales", "79161234567 (Sales)": "Sales", "[IVR] 79161234567": "IVR",
		"Sales:Ivan": "Sales:Ivan", "Sales:Ivan 9161234567": "Sales:Ivan", "Ivan 74950000000": "Ivan 74950000000",
		"Отдел продаж:79161234567": "Отдел продаж", ":79161234567": "",
	} {
		if got := callerName(name, number); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	for _, c := range []struct{ name, number, want string }{
		{"79161234567", "", "79161234567"}, // the only number
		{"79161234567", "anonymous", "79161234567"},
		{"anonymous", "anonymous", ""},
		{"101", "101", ""},
		{"Sales:101", "101", "Sales"},
		{"Phone 101", "101", "Phone 101"},
	} {
		if got := callerName(c.name, c.number); got != c.want {
			t.Errorf("%q of %q: %q, want %q", c.name, c.number, got, c.want)
		}
	}
}

// All that is shown is decoded; channel names stay as they are, for commands to the PBX.
func TestFieldsAreDecoded(t *testing.T) {
	const bytes = "\xc2\xe0\xeb\xe5\xf0\xe8\xe9" // Windows-1251
	m := wire.NewMessage(
		wire.Field{Key: "Event", Value: "Newchannel"}, wire.Field{Key: "Channel", Value: "SIP/" + bytes + "-00000001"},
		wire.Field{Key: "CallerIDName", Value: bytes}, wire.Field{Key: "CallerIDNum", Value: bytes},
		wire.Field{Key: "ConnectedLineNum", Value: bytes}, wire.Field{Key: "Exten", Value: bytes},
		wire.Field{Key: "ChanVariable", Value: "FROM_DID=" + bytes}, wire.Field{Key: "DNID", Value: bytes},
		wire.Field{Key: "DestCallerIDName", Value: bytes},
	)
	var e event
	e.read(m, nil)
	for _, got := range []string{
		e.main.number, e.main.connected, e.main.exten, e.main.did, e.dnid, callerName(e.main.callerName, ""),
		callerName(e.dest.callerName, ""),
	} {
		if got != "Валерий" {
			t.Errorf("read as %q", got)
		}
	}
	if e.main.name != "SIP/"+bytes+"-00000001" {
		t.Errorf("the channel is %q", e.main.name)
	}
}
