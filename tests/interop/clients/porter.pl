# Perl's Mail::IMAPClient as a porter: see ../porting.py for what it is asked.
use strict;
use warnings;
use JSON::PP;
use Mail::IMAPClient;
use Time::Piece;

my ($verb, $file) = @ARGV;
my $plan = decode_json(slurp($file));
my $client = Mail::IMAPClient->new(
	Server => "127.0.0.1", Port => $plan->{port}, User => $plan->{user}, Password => $plan->{password},
	Ssl => [SSL_verify_mode => 1, SSL_ca_file => $plan->{certificate}, SSL_verifycn_scheme => "none"], Uid => 1, Peek => 1,
) or die "cannot log in: $@";

sub slurp {
	my ($name) = @_;
	open(my $in, "<:raw", $name) or die "$name: $!";
	local $/;
	return <$in>;
}

sub ok {
	my ($answer) = @_;
	defined $answer or die "$verb: " . $client->LastError;
	return $answer;
}

# {name => UID} of what is in a mailbox, which is then open.
sub uids {
	my ($box) = @_;
	ok($client->select($box));
	return {} unless $client->message_count;
	my $heads = ok($client->parse_headers([$client->messages], "Message-ID"));
	return { map { ($heads->{$_}{"Message-ID"}[0] =~ /<([^@]+)@/)[0] => $_ } keys %$heads };
}

sub push_letters {
	my $there = uids("Other");
	for my $letter (grep { !$there->{$_->{name}} } @{$plan->{push}}) {
		ok($client->append_string("Other", slurp($letter->{file}), "(@{$letter->{flags}})",
			Mail::IMAPClient->Rfc3501_datetime($letter->{date})));
	}
}

sub change {
	my $there = uids("INBOX");
	my %those = map { my $what = $_; $what => [map { $there->{$_} } @{$plan->{$what}}] } qw(flag move delete);
	ok($client->store(join(",", @{$those{flag}}), "FLAGS.SILENT (@{$plan->{flags}})"));
	ok($client->move("Filed", @{$those{move}}));
	ok($client->delete_message(@{$those{delete}}));
	ok($client->expunge);
}

sub dump_boxes {
	open(my $out, ">:raw", $plan->{dump}) or die "$plan->{dump}: $!";
	for my $box (@{$plan->{boxes}}) {
		for my $uid (values %{uids($box)}) {
			my $text = ok($client->message_string($uid));
			my $date = Time::Piece->strptime(ok($client->internaldate($uid)) =~ s{^\s+}{}r, "%d-%b-%Y %H:%M:%S %z")->epoch;
			my $head = { box => $box, flags => [$client->flags($uid)], date => 0 + $date, size => length $text };
			print $out encode_json($head) . "\n" . $text;
		}
	}
	close($out) or die "$plan->{dump}: $!";
}

{ push => \&push_letters, change => \&change, dump => \&dump_boxes }->{$verb}->();
$client->logout;
