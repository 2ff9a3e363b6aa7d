# Queue, users, rights and custom fields of the lab's Request Tracker. May run again.
use strict; use warnings; use lib '/usr/share/request-tracker5/lib'; use RT -init;
sub user {
    my %new = @_; my $user = RT::User->new(RT->SystemUser); $user->Load($new{Name});
    return $user if $user->Id;
    my ($ok, $message) = $user->Create(%new); die $message unless $ok;
    return $user;
}
my @queues = map {
    my $queue = RT::Queue->new(RT->SystemUser); $queue->Load($_);
    $queue->Create(Name => $_, CorrespondAddress => lc("$_\@rt.lab")) unless $queue->Id;
    $queue;
} qw(Raw Support);
my $hub = user(Name => 'traybell', EmailAddress => 'traybell@rt.lab', RealName => 'Tray Bell', Password => 'traybellpw1', Privileged => 1);
my $anna = user(Name => 'anna', EmailAddress => 'anna@rt.lab', RealName => 'Anna Agent', Password => 'annapw123', Privileged => 1);
user(Name => 'ivanov', EmailAddress => 'ivanov@rt.lab', RealName => 'Ivan Ivanov', Organization => 'ACME',
    WorkPhone => '+7 (495) 123-45-67', MobilePhone => '8 916 765-43-21', Privileged => 0);
user(Name => 'petrova', EmailAddress => 'petrova@rt.lab', RealName => 'Olga Petrova', Organization => 'ACME',
    WorkPhone => '(495) 123-45-67 ext. 12; 84951234568', Privileged => 0);
# the rights that the admin guide names; agents need no AdminUsers
my %rights = (
    agents => [qw(SeeQueue CreateTicket ShowTicket ShowTicketComments CommentOnTicket ModifyTicket OwnTicket SeeCustomField)],
    hub => [qw(SeeQueue CreateTicket ShowTicket ShowTicketComments CommentOnTicket ModifyTicket SeeCustomField ModifyCustomField SetInitialCustomField)],
);
my %members = (agents => [$anna], hub => [$hub]);
for my $name (sort keys %rights) {
    my $group = RT::Group->new(RT->SystemUser); $group->LoadUserDefinedGroup($name);
    $group->CreateUserDefinedGroup(Name => $name) unless $group->Id;
    $group->AddMember($_->PrincipalId) for @{$members{$name}};
    for my $queue (@queues) { $group->PrincipalObj->GrantRight(Right => $_, Object => $queue) for @{$rights{$name}} }
    next if $name ne 'hub';
    $group->PrincipalObj->GrantRight(Right => $_, Object => RT->System) for qw(ManageAuthTokens AdminUsers);
}
for my $name (qw(CallUniqueID CallerNumber)) {
    my $field = RT::CustomField->new(RT->SystemUser); $field->LoadByName(Name => $name);
    next if $field->Id;
    my ($ok, $message) = $field->Create(Name => $name, Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket');
    die $message unless $ok;
    $field->AddToObject($_) for @queues;
}
my ($ok, $message, $token) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $hub->Id, Description => 'hub');
die $message unless $ok;
open my $file, '>', '/tmp/token' or die; print $file $token;
