# Projects, users, rights and custom fields of the lab's Redmine. May run again.
Setting.rest_api_enabled = '1'
Setting.default_language = 'en'
Redmine::DefaultData::Loader.load('en') if Redmine::DefaultData::Loader.no_data?
admin = User.find_by_login('admin')
admin.password = admin.password_confirmation = 'adminpw12'
admin.must_change_passwd = false
admin.save!

def user(login, first, last, password)
  User.find_by_login(login) || User.new(firstname: first, lastname: last, mail: "#{login}@redmine.lab", language: 'en').tap do |u|
    u.login = login
    u.password = u.password_confirmation = password
    u.save!
  end
end
hub = user('traybell', 'Tray', 'Bell', 'traybellpw1')
anna = user('anna', 'Anna', 'Agent', 'annapw1234')
%w[raw support].each do |name|
  project = Project.find_by_identifier(name) ||
            Project.create!(name: name.capitalize, identifier: name, is_public: false, enabled_module_names: %w[issue_tracking time_tracking])
  project.trackers = Tracker.all
  project.save!
  [hub, anna].each do |u|
    Member.create!(project: project, principal: u, roles: [Role.find_by_name('Manager')]) unless project.members.map(&:user_id).include?(u.id)
  end
end
%w[CallUniqueID CallerNumber Customer].each do |name|
  IssueCustomField.find_by_name(name) ||
    IssueCustomField.create!(name: name, field_format: 'string', is_for_all: true, is_filter: name != 'CallerNumber', trackers: Tracker.all, visible: true)
end
phone = UserCustomField.find_by_name('Phone') || UserCustomField.create!(name: 'Phone', field_format: 'string', editable: true, visible: true, is_filter: true)
[['ivanov', 'Ivan', 'Ivanov', '+7 (495) 123-45-67'], ['petrova', 'Olga', 'Petrova', '(495) 123-45-67 ext. 12; 84951234568']].each do |login, first, last, number|
  u = User.find(user(login, first, last, "#{login}pw12").id)
  u.custom_field_values = { phone.id.to_s => number }
  u.save!
end
File.write('/tmp/keys', "traybell=#{hub.api_key}\nadmin=#{admin.api_key}\n")
