package contact

import (
	"strconv"
	"testing"
	"time"

	"traybell/shared/protocol"
)

func TestColumns(t *testing.T) {
	for want, words := range map[Column][]string{
		Login: {"login", "UserLogin", "Имя пользователя"},
		Name:  {"Display Name", "ФИО", "UserFullname", "Anzeigename"},
		Phone: {
			"Phone", "UserPhone", "phone_2_number", "Phone 3 - Value", "Business Phone 2", "Телефон раб. 2", "Тел.",
			"Telefon geschäftlich", "Tel. dienstlich", "Company Main Phone", "Контактный телефон", "Обратный вызов",
			"Téléphone (bureau)", "Teléfono", "Numer telefonu", "Телефоны",
		},
		Mobile: {
			"Mobile Phone", "Mobil-Tel.-Nr.", "Телефон переносной", "Мобильный телефон", "Сотовый", "Handy",
			"Моб. тел.",
			"Móvil", "Cellulare", "UserMobile",
		},
		Home: {
			"Home Phone 2", "Телефон дом. 2", "Домашний телефон", "Telefon privat", "UserHomePhone", "home_phone",
		},
		Fax:       {"Business Fax", "Fax geschäftlich", "Номер факса", "Рабочий факс", "fax_1", "Тел/факс"},
		Label:     {"Phone 1 - Type", "Phone 1 - Label", "phone_1_flags"},
		Extension: {"phone_1_extension"},
		Email: {
			"E-mail 1 - Value", "E-mail Address", "Адрес 2 эл. почты", "Рабочий e-mail", "Primäre E-Mail-Adresse",
		},
		Company: {"Organization 1 - Name", "Organization Name", "Firma", "Организация", "UserCompany"},
		City:    {"Business City", "Ort geschäftlich", "Город (раб. адрес)", "Dienstlich: Ort"},
		Unused: {
			"Pager", "Номер пейджера", "Notes", "Имя помощника", "Почтовый ящик (раб. адрес)", "Код организации",
			"E-mail 1 - Type", "Telefon für Hörbehinderte", "Home Street", "ИНН", "phone_1_speeddial",
		},
		Other: {"Manager", "Ответственный", ""},
	} {
		for _, word := range words {
			if got := Of(word); got.Column != want {
				t.Errorf("%q is %d, want %d", word, got.Column, want)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct {
		head, row []string
		want      protocol.Customer
	}{
		{[]string{"имя", "фамилия"}, []string{"Иван", "Петров"}, protocol.Customer{Name: "Иван Петров"}},
		{[]string{"имя", "фамилия"}, []string{"Иван Петров", "Петров"}, protocol.Customer{Name: "Иван Петров"}},
		{[]string{"наименование"}, []string{"ООО Ромашка"}, protocol.Customer{Name: "ООО Ромашка"}},
		{
			[]string{"наименование", "контактное лицо"},
			[]string{"ООО Ромашка", "Иван"},
			protocol.Customer{Name: "Иван", Company: "ООО Ромашка"},
		},
		{
			[]string{"Клиент", "Организация"},
			[]string{"Иван", "ООО Ромашка"},
			protocol.Customer{Name: "Иван", Company: "ООО Ромашка"},
		},
		{
			[]string{"name", "Phone 1 - Value", "Phone 1 - Label", "Phone 2 - Value", "Phone 2 - Label"},
			[]string{"x", "1 ::: 2", "Mobile", "3", "Home Fax"},
			protocol.Customer{Name: "x", Mobile: "1; 2", Fax: "3"},
		},
		{
			[]string{"name", "phone", "work phone", "phone_3_number", "phone_3_extension"},
			[]string{"x", "1", "1", "2", "7"},
			protocol.Customer{Name: "x", Phone: "1; 2 ext. 7"},
		},
	} {
		got, reason := NewHead(test.head).Customer(test.row)
		if got != test.want || reason != "" {
			t.Errorf("%q %q: %+v %s", test.head, test.row, got, reason)
		}
	}
}

// A card or a row with very many numbers takes little time. Without a limit, 60,000 took minutes.
func TestManyNumbers(t *testing.T) {
	var c protocol.Customer
	began := time.Now()
	for i := range 60_000 {
		AddNumber(&c, Phone, strconv.Itoa(i))
	}
	if took := time.Since(began); took > 5*time.Second || len(c.Phone) > maxNumbers+20 {
		t.Errorf("%d bytes in %v", len(c.Phone), took)
	}
	c = protocol.Customer{}
	for _, number := range []string{"101", "1", "101", " 1 ", "10"} {
		AddNumber(&c, Mobile, number)
	}
	if c.Mobile != "101; 1; 10" {
		t.Errorf("%q", c.Mobile)
	}
}
