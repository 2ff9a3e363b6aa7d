#!/usr/bin/perl
# Adds the two dynamic fields for traybell-hub. Run it as the help desk's user. Existing fields stay unchanged.
#   su otrs -s /bin/sh -c 'perl -I/opt/otrs -I/opt/otrs/Kernel/cpan-lib fields.pl'
use strict;
use warnings;

use Kernel::System::ObjectManager;

local $Kernel::OM = Kernel::System::ObjectManager->new( 'Kernel::System::Log' => { LogPrefix => 'traybell' } );
my $Fields = $Kernel::OM->Get('Kernel::System::DynamicField');
my %Label = ( CallUniqueID => 'Call', CallerNumber => 'Caller number' );

for my $Name ( sort keys %Label ) {
    my $Existing = $Fields->DynamicFieldGet( Name => $Name );
    if ( $Existing && %{$Existing} ) {
        print "$Name exists already.\n";
        next;
    }
    $Fields->DynamicFieldAdd(
        Name       => $Name,
        Label      => $Label{$Name},
        FieldOrder => 9000,
        FieldType  => 'Text',
        ObjectType => 'Ticket',
        Config     => { DefaultValue => '' },
        ValidID    => 1,
        UserID     => 1,
    ) or die "Cannot add $Name; see the help desk's log.\n";
    print "$Name was added.\n";
}
