package staff

import (
	"strings"
	"testing"
)

func TestNamed(t *testing.T) {
	s := New([]Agent{
		{Login: "anna", Name: "Anna Petrova"},
		{Login: "boss", Name: "Boss"},
		{Login: "103", Name: "Agent 103"},
		{Login: "alyona", Name: "Алёна Сорокина"},
		{Login: "ilya", Name: "Ilya Kimov"},
		{Login: "nikos", Name: "Νίκος"},
		{Login: "none"},
	})
	for name, want := range map[string]bool{
		"Anna Petrova": true, " PETROVA,  anna (101)": true, "Anna": false, "Anna Petrov": false, "Boss": true,
		"boss 102": true, "Boss Hugo": false, "Agent 103": true, "Agent": false, "Agent 104": false,
		"Алена Сорокина": true, "Аnnа Реtrоvа": true, "An\u200bna Pétrova": true, "Ａｎｎａ Petrova": true,
		"Anna\u3164Petrova": true, "An\u3164na Pet\u115frova": true, "A n n a P e t r o v a": true, "AnnaPetrova": true,
		"PetrovaAnna": true, "An\x08na\x00 Petrova": true, "\u202eAnna Petrova\u202c": true, "Anna\u2800Petrova": true,
		"Αnna Ρetrova": true, "Anna Petroνa": true, "Anna Petr0va": true, "ᴀɴɴᴀ ᴘᴇᴛʀᴏᴠᴀ": true, "Aոոa Petrovɑ": true,
		"𝐀𝐧𝐧𝐚 𝓟𝓮𝓽𝓻𝓸𝓿𝓪": true, "A\u20ddnna Petrova": true, "Ꭺnna Ꮲetrova": true, "Воѕѕ": true, "B055": false,
		"Iгor Ivanov": false, "lIya Кirnov": true, "Ilya Kimov": true, "|lya Kimov": true, "Νίκος": true, "ΝΙΚΟΣ": true,
		"Алёнa C0poкинa": true, "Annа Petrovskaya": false, "Annabel Petrov": false,
		"": false, "+": false, "79161234567": false,
	} {
		if s.Named(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func TestCalled(t *testing.T) {
	s := New([]Agent{
		{
			Login: "anna",
			Name:  "Anna Petrova",
		}, {Login: "boris", Name: "Борис Ильин"}, {Login: "bo", Name: "Anna Ivanova"},
	})
	for name, want := range map[string]string{
		"": "", "anna petrova": "anna", "ANNA": "anna", "anna p": "anna", "an": "anna bo", "petr an": "anna",
		"ильин б": "boris", "Борис": "boris", "Clara": "", "etrova": "",
	} {
		var got []string
		for _, a := range s.Called(name) {
			got = append(got, a.Login)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", name, got, want)
		}
	}
}
