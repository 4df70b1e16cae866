# SpamAssassin without the network. A mail comes as its length on a line, and its bytes; an answer
# is a line: the score, and what each rule that was hit counts. ARGV: a folder for what it learns.
use strict;
use warnings;
use Mail::SpamAssassin;

binmode STDIN;
$| = 1;
my $judge = Mail::SpamAssassin->new(
    {local_tests_only => 1, dont_copy_prefs => 1, userstate_dir => $ARGV[0]});
while (my $length = <STDIN>) {
    read(STDIN, my $mail, $length) == $length or die "a mail that ends early";
    my $found = $judge->check_message_text($mail);
    my $hit = $found->get_names_of_tests_hit_with_scores_hash();
    print join(' ', $found->get_score(), map { "$_=$hit->{$_}" } sort keys %$hit), "\n";
    $found->finish();
}
